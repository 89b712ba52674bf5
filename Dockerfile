# For NVIDIA GPUs with CUDA 12: docker build -t cwgan . && docker run --gpus all -v "$PWD:/work" cwgan train digits
# With CUDA 13: --build-arg EXTRA=cuda13. The packages have the versions that all tests pass with.
FROM python:3.11-slim

ARG EXTRA=cuda12
WORKDIR /opt/cwgan_jax
COPY pyproject.toml setup.py README.md LICENSE ./
COPY constraints constraints
COPY configs configs
COPY cwgan_jax cwgan_jax
RUN pip install --no-cache-dir ".[${EXTRA},hub]" -c constraints/tested.txt

ENV XDG_CACHE_HOME=/work/.cache
WORKDIR /work
ENTRYPOINT ["cwgan"]
CMD ["--help"]
