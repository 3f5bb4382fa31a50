// The probe that a rule file asks for.
#pragma once

#include <memory>

#include "agent/remedy/probe.hpp"
#include "agent/remedy/reactor.hpp"
#include "rules/rule.hpp"

namespace slewd::remedy {

// The password file is read anew for each run: a changed password needs no reload.
[[nodiscard]] std::unique_ptr<Probe> make_probe(Reactor& reactor, const rules::ProbeSpec& spec);

}  // namespace slewd::remedy
