# The dashboard, and a node of Ray that works for it: one image, so that their versions match.
#
#   docker build --tag graft:0.1.0 .
#   docker build --tag graft:0.1.0-gpu --target gpu .
#   docker run --env GRAFT_ACCESS=open --publish 127.0.0.1:8501:8501 graft:0.1.0
#   docker run graft:0.1.0 ray start --head --block

# Python as pyproject.toml has it, and the Debian that the tests run on
FROM python:3.11.15-slim-bookworm AS base
ENV PATH=/opt/graft/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

# some gigabytes that change with the requirements alone
FROM base AS packages
WORKDIR /build
COPY requirements.txt requirements-cluster.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv /opt/graft \
    && pip install --requirement requirements.txt --requirement requirements-cluster.txt

FROM packages AS networks
# what `graft fetch` puts into the image, such as "offline resnet50"
ARG NETWORKS=offline
COPY . .
# hadolint ignore=SC2086
RUN --mount=type=cache,target=/root/.cache/pip \
    pip wheel --no-deps --wheel-dir /wheels . \
    && pip install --no-deps /wheels/*.whl \
    && GRAFT_CACHE=/opt/networks graft fetch $NETWORKS

FROM base AS graft
COPY --from=packages /opt/graft /opt/graft
COPY --from=networks /opt/networks /opt/networks
RUN --mount=type=bind,from=networks,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-deps /wheels/*.whl \
    && useradd --uid 1000 --create-home graft \
    && install --directory --owner=graft --group=graft /var/cache/graft /var/lib/graft
# Networks are read where they are. What is fetched and saved later goes into volumes, so that the
# rest can be read-only. Numba would write beside its sources; Ray would report that it is used.
ENV GRAFT_NETWORKS=/opt/networks \
    GRAFT_CACHE=/var/cache/graft \
    GRAFT_DATA=/var/lib/graft \
    NUMBA_CACHE_DIR=/var/cache/graft/numba \
    RAY_USAGE_STATS_ENABLED=0
VOLUME ["/var/cache/graft", "/var/lib/graft"]
# by number, so that Kubernetes sees that it is not root
USER 1000:1000
WORKDIR /home/graft
EXPOSE 8501
# answered without a key and without signing in
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/api/health', timeout=4)"]
# One process, which gets the signals. Without GRAFT_ACCESS it says what that is for, and ends.
CMD ["graft", "run", "--server.address=0.0.0.0"]

# with the libraries of CUDA, some gigabytes; the container toolkit of NVIDIA brings the driver
FROM graft AS gpu
USER 0
RUN --mount=type=bind,from=packages,source=/build,target=/build \
    pip install --no-cache-dir --constraint /build/requirements.txt 'tensorflow[and-cuda]'
USER 1000:1000
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

# what is built unless a target is named
FROM graft AS cpu
# or the driver of a machine, which is seen here, would be taken for a GPU that can be used
ENV GRAFT_DEVICE=cpu
