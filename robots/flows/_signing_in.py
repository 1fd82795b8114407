"""How one signs in to the finance system: the same for all of its screens."""

from robots.desk import Desk
from robots.errors import SignInRefusedError
from robots.robot import Account


async def sign_in(desk: Desk, account: Account) -> None:
    """From the login page to the menu. Any notice that comes in between is for a person to read (R5)."""
    await desk.open("/login", "ログイン")
    await desk.fill({"ログインID": account.login, "パスワード": account.password})
    await desk.press("ログイン")
    if await desk.expect("メニュー", "ログイン") == "ログイン":
        raise SignInRefusedError(login=account.login)
