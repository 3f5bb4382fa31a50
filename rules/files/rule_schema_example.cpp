// SPDX-License-Identifier: Apache-2.0
// Every kind of object that a rule file can hold, once with all its parts and once empty: keys that
// the decoders miss in the empty one are required. Members under free names are called "any-...".
#include "rules/files/rule_schema.hpp"

namespace slewd::rules {

std::string_view rule_schema_example() {
  return R"json({
  "schema": "slewd.rules/1",
  "global": {},
  "modes": {"any-rule": "shadow"},
  "windows": {"any-window": {}},
  "fleet": {"any-lock": {}},
  "targets": {
    "any-target": {
      "unit": "example.service",
      "commands": {},
      "logs": {"any-log": {}},
      "probes": {
        "any-empty": {},
        "any-tcp": {"type": "tcp"},
        "any-banner": {"type": "banner"},
        "any-login": {"type": "imap_login"},
        "any-http": {"type": "http"},
        "any-exec": {"type": "exec", "column": {}},
        "any-unit": {"type": "unit"},
        "any-metric": {"type": "metric"}
      }
    }
  },
  "rules": [
    {},
    {
      "phase": "pre_step",
      "trust": {},
      "deadline": {},
      "limits": {"breaker": {}},
      "do": [
        {"start": "", "verify": {}, "undo": {}},
        {"stop": "", "undo": {"start": ""}},
        {"restart": "", "undo": {"stop": ""}},
        {"reload": "", "undo": {"restart": ""}},
        {"run": [], "undo": {"reload": ""}},
        {"run": {}, "undo": {"run": []}},
        {"poll": {}, "undo": {"run": {}}},
        {"burst": true}
      ],
      "on_clear": [{}],
      "after_step": [{}]
    },
    {
      "do": [{"holdover": ""}, {"ban": {}}, {"step": true}, {"veto": true}, {"hold_rules": ""},
             {"notify": ""}, {"webhook": {"headers": {"any-header": ""}, "header_files": {"any-header": ""},
                                         "body": {}}}]
    },
    {"do": [{"node_condition": {}}, {"node_event": {}}, {"node_taint": {}}]}
  ]
})json";
}

}  // namespace slewd::rules
