// SPDX-License-Identifier: Apache-2.0
// What ntp.toml can have (ntpd-rs 1.9), with the sections in the word.
#include <array>

#include "agent/ctl/convert/inputs.hpp"

namespace slewd::app::convert {
namespace {

using enum Fate;

constexpr std::string_view kNtsServer = "slewd serves no NTS";
constexpr std::string_view kObserved = "slewctl asks slewd through a unix socket (control_socket)";

constexpr std::array<Directive, 74> kNtpdRsSettings{{
    {"source.mode"},
    {"source.address"},
    {"source.count"},
    {"source.certificate-authority"},
    {"source.ignore", lost, "slewd uses every address of a pool", "servers by name"},
    {"source.enable-srv-resolution", lost, "slewd looks up addresses, not SRV records"},
    {"source.poll-interval-limits"},
    {"source.initial-poll-interval", implied, "slewd asks every 2 s at the start (iburst)"},
    {"source.ntp-version"},
    {"source.path"},
    {"source.precision", implied, kOwnEstimator},
    {"source.accuracy", implied, kOwnEstimator},
    {"source.measurement_noise_estimate", implied, kOwnEstimator},
    {"source.period", implied, "it belongs to a source of pulses"},
    {"source-defaults.poll-interval-limits"},
    {"source-defaults.initial-poll-interval", implied,
     "slewd asks every 2 s at the start (iburst)"},
    {"server.listen", lost, kNoServer, kBeside},
    {"server.rate-limiting-cache-size", implied, kNoClients},
    {"server.rate-limiting-cutoff-ms", implied, kNoClients},
    {"server.allowlist", implied, kNoClients},
    {"server.denylist", implied, kNoClients},
    {"server.require-nts", implied, kNoClients},
    {"server.accept-ntp-versions", implied, kNoClients},
    {"observability.log-level"},
    {"observability.log-path", implied, kLogged},
    {"observability.log-path-metrics-exporter", implied, kLogged},
    {"observability.ansi-colors", implied, kLogged},
    {"observability.observation-path", implied, kObserved},
    {"observability.observation-permissions", implied, kObserved},
    {"observability.metrics-exporter-listen"},
    {"keyset.stale-key-count", implied, kNtsServer},
    {"keyset.key-rotation-interval", implied, kNtsServer},
    {"keyset.key-storage-path", implied, kNtsServer},
    {"nts-ke-server.listen", lost, kNtsServer, kBeside},
    {"nts-ke-server.certificate-chain-path", implied, kNtsServer},
    {"nts-ke-server.private-key-path", implied, kNtsServer},
    {"nts-ke-server.key-exchange-timeout-ms", implied, kNtsServer},
    {"nts-ke-server.concurrent-connections", implied, kNtsServer},
    {"nts-ke-server.longlived-connections", implied, kNtsServer},
    {"nts-ke-server.ntp-port", implied, kNtsServer},
    {"nts-ke-server.ntp-server", implied, kNtsServer},
    {"nts-ke-server.accept-ntp-versions", implied, kNtsServer},
    {"nts-ke-server.accepted-pool-authentication-tokens", implied, kNtsServer},
    {"synchronization.minimum-agreeing-sources"},
    {"synchronization.single-step-panic-threshold"},
    {"synchronization.startup-step-panic-threshold"},
    {"synchronization.accumulated-step-panic-threshold", implied,
     "slewd steps at the start alone, and after a pause if that is set (jumps.after_pause)"},
    {"synchronization.warn-on-jump", implied, "slewd always reports jumps (jumps.floor)"},
    {"synchronization.local-stratum", lost, kNoServer, kBeside},
    {"synchronization.reference-id", lost, kNoServer, kBeside},
    {"synchronization.algorithm.precision-low-probability", implied, kOwnEstimator},
    {"synchronization.algorithm.precision-high-probability", implied, kOwnEstimator},
    {"synchronization.algorithm.precision-hysteresis", implied, kOwnEstimator},
    {"synchronization.algorithm.precision-minimum-weight", implied, kOwnEstimator},
    {"synchronization.algorithm.poll-interval-low-weight", implied, kOwnEstimator},
    {"synchronization.algorithm.poll-interval-high-weight", implied, kOwnEstimator},
    {"synchronization.algorithm.poll-interval-hysteresis", implied, kOwnEstimator},
    {"synchronization.algorithm.poll-interval-step-threshold", implied, kOwnEstimator},
    {"synchronization.algorithm.delay-outlier-threshold", implied, kOwnEstimator},
    {"synchronization.algorithm.initial-wander", implied, kOwnEstimator},
    {"synchronization.algorithm.initial-frequency-uncertainty", implied, kOwnEstimator},
    {"synchronization.algorithm.maximum-source-uncertainty", implied, kOwnSelection},
    {"synchronization.algorithm.range-statistical-weight", implied, kOwnSelection},
    {"synchronization.algorithm.range-delay-weight", implied, kOwnSelection},
    {"synchronization.algorithm.steer-offset-threshold", implied, kOwnEstimator},
    {"synchronization.algorithm.steer-offset-leftover", implied, kOwnEstimator},
    {"synchronization.algorithm.steer-frequency-threshold", implied, kOwnEstimator},
    {"synchronization.algorithm.steer-frequency-leftover", implied, kOwnEstimator},
    {"synchronization.algorithm.step-threshold"},
    {"synchronization.algorithm.slew-maximum-frequency-offset"},
    {"synchronization.algorithm.slew-minimum-duration", implied, kOwnEstimator},
    {"synchronization.algorithm.maximum-frequency-steer"},
    {"synchronization.algorithm.ignore-server-dispersion", lost,
     "slewd counts the dispersion of a server", "selection.max_distance accepts a larger one"},
    {"synchronization.algorithm.meddling-threshold", implied,
     "slewd always reports jumps (jumps.floor)"},
}};

}  // namespace

std::span<const Directive> ntpd_rs_settings() { return kNtpdRsSettings; }

}  // namespace slewd::app::convert
