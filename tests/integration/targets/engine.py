"""A program that speaks the robot engine's command line, so that a test can say what the engine tells: it reads `facts.json` beside it."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(arguments: list[str]) -> None:
    facts = json.loads((HERE / "facts.json").read_text("utf-8"))
    if isinstance(facts, str):
        sys.exit(facts)
    if arguments[0] == "list":
        print(json.dumps(facts))
    else:
        [version] = [each["version"] for each in facts if each["name"] == arguments[1]]
        Path(arguments[arguments.index("-o") + 1]).write_text(f"template {arguments[1]} {version}", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
