"""`python -m digilab.web`: the doors of one house, until SIGTERM."""

import logging

import uvicorn

from digilab.config import Settings
from digilab.office import open_office
from digilab.up import check_safe
from digilab.web.app import create_app

LAST_WORDS = 5
"""Seconds that open pages (events) get at the end."""


def main() -> None:
    """Refuses to serve other machines without TLS in front (UnsafeStartError)."""
    settings = Settings()
    check_safe(settings)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s web %(message)s")
    with open_office(settings) as office:
        uvicorn.run(
            create_app(office),
            host=settings.web.host,
            port=settings.web.port,
            # Addresses in the access log would name receipts and files; the audit trail in the database tells who did what.
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=settings.web.https,
            timeout_graceful_shutdown=LAST_WORDS,
        )


if __name__ == "__main__":
    main()
