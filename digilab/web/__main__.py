"""`python -m digilab.web`: the doors of one house, until SIGTERM."""

import logging

from digilab.config import Settings
from digilab.office import check_safe, open_office
from digilab.web.serve import server


def main() -> None:
    """Refuses to serve other machines without TLS in front (UnsafeStartError)."""
    settings = Settings()
    check_safe(settings)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s web %(message)s")
    with open_office(settings) as office:
        server(office).run()


if __name__ == "__main__":
    main()
