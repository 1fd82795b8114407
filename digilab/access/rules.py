"""Roles and what each may do. Pure: standard library only."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is to the lab."""

    STAFF = "staff"
    """Hands in jobs and sees those of the own department."""
    HEAD = "head"
    """所属長: staff who also approve, in the own department, what robots are to key."""
    OPERATOR = "operator"
    """Runs the lab: sees and steers every job."""
    ADMIN = "admin"
    """An operator who also manages people, departments and baselines."""
    AUDITOR = "auditor"
    """Reads everything, changes nothing."""


LONGEST_LOGIN = 80
"""Characters that the record keeps of a login or an address."""
PASSWORD_LENGTH = 12
"""Fewest characters of a password (NIST SP 800-63B asks for length, not for composition)."""
LONGEST_PASSWORD = 200
"""Characters of a password that the door looks at; argon2 takes its time over megabytes too."""


def kept(typed: str) -> str:
    """A login or an address as the record can keep it: cut, and without signs that no database takes."""
    return "".join(sign for sign in typed if sign.isprintable())[:LONGEST_LOGIN]


@dataclass(frozen=True)
class Asker:
    """Somebody who asks for something: a signed-in person or the holder of a token."""

    person_id: int
    login: str
    name: str
    department_id: int
    department: str
    role: Role
    address: str = ""
    """Where the request came from, for the audit trail."""

    def may_see(self, department_id: int) -> bool:
        """Whether jobs of that department exist for this asker."""
        return self.department_id == department_id or self.sees_all

    @property
    def sees_all(self) -> bool:
        """Whether jobs of every department exist for this asker. Named one by one: a new role sees its own department only."""
        return self.role in (Role.OPERATOR, Role.ADMIN, Role.AUDITOR)

    @property
    def runs_lab(self) -> bool:
        """Whether the asker steers robots, settles between departments and says what goes before everything else."""
        return self.role in (Role.OPERATOR, Role.ADMIN)

    @property
    def may_hand_in(self) -> bool:
        """Auditors only read."""
        return self.role is not Role.AUDITOR

    def may_act_on(self, department_id: int) -> bool:
        """Whether the asker may cancel, retry or amend a job of that department."""
        return self.may_see(department_id) and self.may_hand_in

    def may_approve(self, department_id: int) -> bool:
        """Whether the asker's word counts as the second person's for that department's money. The lab keys; it never approves."""
        return self.role is Role.HEAD and self.department_id == department_id

    def may_release(self, department_id: int) -> bool:
        """Whether the asker may have a row keyed although another one holds the same business case."""
        return self.may_approve(department_id) or self.runs_lab
