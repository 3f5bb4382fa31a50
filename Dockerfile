# docker build -t slewd . builds on Debian 12, with --build-arg SUITE=trixie on Debian 13.
# Two stages: the first makes the Debian package, the second installs it, so that the libraries the
# programs need are listed in one place, by dpkg-shlibdeps.
ARG SUITE=bookworm
FROM debian:${SUITE}-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
      cmake dpkg-dev file g++ ninja-build pkgconf \
      libcli11-dev libcpp-httplib-dev libexpected-dev libre2-dev libspdlog-dev libssl-dev \
      libsystemd-dev libseccomp-dev nlohmann-json3-dev prometheus-cpp-dev \
    && rm -rf /var/lib/apt/lists/*
COPY . /src
WORKDIR /src
ARG REVISION=unknown
RUN cmake --preset release -DSLEWD_REVISION="$REVISION" \
    && cmake --build --preset release \
    && cd build/release && cpack -G DEB

FROM debian:${SUITE}-slim
ARG REVISION=unknown
LABEL org.opencontainers.image.title="slewd" \
      org.opencontainers.image.description="Keeps the clock right without ever making it jump" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /src/build/release/slewd_*.deb /tmp/
COPY deploy/docker/slewd.json /tmp/
# /usr/bin/slewd has no capability and runs anywhere, observing. The copy below libexec has
# cap_sys_time=ep, the only way in which a non-root process of a container can come to CAP_SYS_TIME.
# It does not even start where the capability is not in the bounding set (docker run --cap-add
# SYS_TIME puts it there), and no_new_privs makes the kernel pass over it: so it is a copy, and who
# wants it says --entrypoint /usr/libexec/slewd/slewd.
# Set-user-id programs go: where new privileges must be allowed, nothing else shall give them.
RUN groupadd --gid 10123 slewd \
    && useradd --uid 10123 --gid 10123 --no-create-home --home-dir /var/lib/slewd \
      --shell /usr/sbin/nologin slewd \
    && apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libcap2-bin /tmp/slewd_*.deb \
    && mv /tmp/slewd.json /etc/slewd/slewd.json \
    && install -D /usr/bin/slewd /usr/libexec/slewd/slewd \
    && setcap cap_sys_time=ep /usr/libexec/slewd/slewd \
    && apt-get purge -y --auto-remove libcap2-bin \
    && find / -xdev -perm /6000 -type f -exec chmod a-s {} + \
    && install -d -o slewd -g slewd -m 0750 /var/lib/slewd \
    && install -d -o slewd -g slewd -m 0755 /run/slewd \
    && rm -rf /tmp/slewd_*.deb /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*
# The number, since Kubernetes cannot tell from a name that it is not root.
USER 10123:10123
# Works with a read-only root as well: these two are all that is written.
VOLUME ["/var/lib/slewd", "/run/slewd"]
EXPOSE 10123
# No HTTP client is installed for this: bash speaks TCP.
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s \
  CMD ["bash", "-ec", "exec 3<>/dev/tcp/127.0.0.1/10123; printf 'GET /-/healthy HTTP/1.1\\r\\nHost: slewd\\r\\nConnection: close\\r\\n\\r\\n' >&3; read -r status <&3; [[ $status == *' 200 '* ]]"]
ENTRYPOINT ["/usr/bin/slewd"]
CMD ["run", "--config", "/etc/slewd/slewd.json"]
