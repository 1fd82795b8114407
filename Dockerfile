# One image per role, built from one file:
#   docker build --target web    -t digilab-web .
#   docker build --target worker -t digilab-worker .
# The clock runs in the worker's image. Packages come from requirements.lock, pinned and hashed; the web image holds no speech engine and
# the worker image no web framework (the list of each role is cut out of the lock by scripts/role_lock.py).
FROM python:3.11-slim-bookworm AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN useradd --system --uid 10001 --create-home --home-dir /srv/digilab digilab && install -d -o digilab /data /models
WORKDIR /build

FROM base AS packed
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY scripts/role_lock.py scripts/
RUN python scripts/role_lock.py build > build.lock && pip install --require-hashes --no-deps -r build.lock
COPY digilab digilab
COPY workers workers
COPY transcribe transcribe
COPY ocr ocr
COPY form_definitions form_definitions
COPY robots robots
RUN hatchling build -t wheel -d /wheel
RUN for role in web worker; do python scripts/role_lock.py $role > /wheel/$role.lock; done

FROM base AS role
ENV DIGILAB_DATA=/data
ENTRYPOINT ["digilab"]

FROM role AS web
COPY --from=packed /wheel /wheel
RUN pip install --require-hashes --no-deps -r /wheel/web.lock && pip install --no-deps --no-index /wheel/*.whl && rm -r /wheel
USER digilab
WORKDIR /srv/digilab
EXPOSE 8790
CMD ["web"]

FROM role AS worker
# The pictures that forms are compared by name their fields in Japanese, and so do the finance screens that robots work in.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-cjk chromium-headless-shell && rm -rf /var/lib/apt/lists/*
COPY --from=packed /wheel /wheel
RUN pip install --require-hashes --no-deps -r /wheel/worker.lock && pip install --no-deps --no-index /wheel/*.whl && rm -r /wheel
USER digilab
WORKDIR /srv/digilab
CMD ["worker"]
