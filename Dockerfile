# syntax=docker/dockerfile:1
# The image on CPUs. How to build, start and update it: docs/hosting.md. On NVIDIA cards: deploy/Dockerfile.cuda.
#
# The base image is taken by its digest, so that two builds are alike. No digest is written here, because one that nobody
# has checked is worth nothing: take that of the day, keep it in deploy/.env, and change it when the image is updated:
#   docker buildx imagetools inspect python:3.11-slim-bookworm --format '{{.Manifest.Digest}}'
#   docker build --build-arg PYTHON_DIGEST=sha256:… -t missingness .
ARG PYTHON_DIGEST=sha256-of-python-3.11-slim-bookworm-is-missing-see-the-first-lines-of-the-Dockerfile

# hadolint ignore=DL3006
FROM python@${PYTHON_DIGEST} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt constraints.txt ./
# pip's usual torch brings about 3 GB of NVIDIA's libraries, whose licence is proprietary. PyTorch's own index of CPU wheels
# has the same versions without them (as 2.15.0+cpu, which fulfils torch==2.15.0). Only these two packages come from there.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN grep -E '^torch(vision)?==' requirements.txt | cut -d' ' -f1 > torch.txt \
    && grep -vE '^(nvidia-|cuda-|triton==)' constraints.txt > constraints-cpu.txt \
    && /venv/bin/pip install --no-deps --index-url "${TORCH_INDEX}" -r torch.txt \
    && /venv/bin/pip install -r requirements.txt -c constraints-cpu.txt \
    && ! /venv/bin/pip list --format=freeze | grep -E '^(nvidia-|cuda-|triton==)'
COPY . .
RUN /venv/bin/pip install --no-deps --no-build-isolation -e . \
    && /venv/bin/python -m compileall -q masking pages

# hadolint ignore=DL3006
FROM python@${PYTHON_DIGEST}
# A fixed number, so that the folder of the volume on the host can belong to it.
RUN groupadd --gid 10001 explorer \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data/home --shell /usr/sbin/nologin explorer \
    && install -d -o 10001 -g 10001 /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
# The only folders that are written to are /data and /tmp: the image runs with `--read-only --tmpfs /tmp`.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    HOME=/data/home XDG_CACHE_HOME=/data/cache XDG_DATA_HOME=/data/share \
    MASKING_RUNS=/data/runs MASKING_UPLOADS=/data/uploads MASKING_SETTINGS=/etc/missingness/masking.toml \
    TORCH_HOME=/data/torch MPLCONFIGDIR=/tmp/matplotlib \
    STREAMLIT_SERVER_HEADLESS=true STREAMLIT_SERVER_ADDRESS=0.0.0.0 STREAMLIT_SERVER_PORT=8501 \
    STREAMLIT_BROWSER_SERVER_ADDRESS=localhost
# A public server unless the operator mounts a file of settings of their own.
COPY deploy/masking.toml /etc/missingness/masking.toml
USER 10001:10001
VOLUME /data
EXPOSE 8501
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
# Streamlit's settings are environment variables, so that `docker run -e` and compose change them without this line.
CMD ["streamlit", "run", "app.py"]
