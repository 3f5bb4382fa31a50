# SPDX-License-Identifier: Apache-2.0
# docker build -t slewd . builds on Debian 12, with --build-arg SUITE=trixie on Debian 13; `./dev image` makes the
# last stage without a registry. Stage one makes the Debian package, and from it and the libraries that it
# depends on the file system of the image (deploy/docker/rootfs): no shell and no package manager.
# For another architecture: docker build --platform linux/arm64, which emulates; or ./dev image --arch arm64.
ARG SUITE=bookworm
FROM debian:${SUITE}-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
      cmake dpkg-dev file g++ ninja-build pkgconf \
      libcli11-dev libcpp-httplib-dev libexpected-dev libre2-dev libspdlog-dev libssl-dev \
      libsystemd-dev libseccomp-dev libtomlplusplus-dev nlohmann-json3-dev prometheus-cpp-dev \
      libcap2-bin python3
COPY . /src
WORKDIR /src
# SOURCE_DATE_EPOCH: seconds since 1970 of the source; without it, those of deploy/debian/changelog.
ARG REVISION=unknown
ARG SOURCE_DATE_EPOCH
RUN cmake --preset release -DSLEWD_REVISION="$REVISION" \
    && cmake --build --preset release --target slewd slewctl slewd-lab \
    && (cd build/release && cpack -G DEB) \
    && deploy/docker/rootfs build/release/slewd_*.deb /rootfs

FROM scratch
COPY --from=build /rootfs /
ARG REVISION=unknown
ARG VERSION=0.1.0
ARG CREATED=2026-12-01T08:00:00Z
ARG URL=https://git.example.net/slewd
LABEL org.opencontainers.image.title="slewd" \
      org.opencontainers.image.description="NTP client that slews, detects clock jumps and repairs services" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="The slewd developers" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.url="$URL" \
      org.opencontainers.image.source="$URL" \
      org.opencontainers.image.documentation="$URL/blob/main/README.md"
# The number, since Kubernetes cannot tell from a name that it is not root.
USER 10123:10123
# Works with a read-only root as well: these two are all that is written.
VOLUME ["/var/lib/slewd", "/run/slewd"]
EXPOSE 10123
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD ["/usr/bin/slewctl", "health"]
ENTRYPOINT ["/usr/bin/slewd"]
CMD ["run", "--config", "/etc/slewd/slewd.json"]
