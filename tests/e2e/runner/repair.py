# SPDX-License-Identifier: Apache-2.0
"""What an operator does so that slewd repairs a service: a copy of the shipped rules in mode act, the
password of the account that the probe logs in as, and polkit's permission."""
import json
import math
import re

from . import dovecot, namespace

RULES = "/etc/slewd/rules.json"
_PASSWORD_FILE = "/etc/slewd/imap-probe.password"
_PATIENCE = ("timeout", "within", "hooks", "fallback_timer")
_MORE = 4
_POLKIT = "/etc/polkit-1/rules.d/50-slewd.rules"


def shipped(name, acting):
    """The shipped file, as its first comment says: mode act for the rules that `acting` names, at any
    time of the day, and off for its other rules. Conditions, actions and proofs stay as shipped."""
    text = (namespace.ROOT / "rules" / "builtin" / name).read_text("utf-8")
    file = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    for rule in file["rules"]:
        rule["mode"] = "act" if rule["name"] in acting else "off"
        rule.pop("windows", None)
    # A clock that is a minute wrong is not synchronized, and the guest was started a minute ago.
    file["global"] = {"boot_grace": "0s"}
    return file


def slowness(plain_login, busy):
    """By how much the shipped probe's patience of 1 s is to be stretched here: to three times what a
    login takes, and to what outlasts a stall where other work shares the processors."""
    return max(4 if busy else 1, math.ceil(3 * plain_login))


def _stretch(value, factor):
    """Multiplies every limit of time in a rule file, in place."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key in _PATIENCE:
            number, unit = re.fullmatch(r"(\d+)(\w+)", inner).groups()
            value[key] = f"{factor * int(number)}{unit}"
        else:
            _stretch(inner, factor)
    for inner in value if isinstance(value, list) else ():
        _stretch(inner, factor)


def of_dovecot(*acting, slowness=1):
    """With the account of the test, and the probes' patience multiplied by `slowness`; that of actions
    and of their proofs by more, since nothing waits for its end where all goes well."""
    file = shipped("dovecot.json", acting)
    file["targets"]["dovecot"]["probes"]["login"].update(user=dovecot.USER,
                                                         password_file=_PASSWORD_FILE)
    _stretch(file["targets"], slowness)
    _stretch(file["rules"], _MORE * slowness)
    return file


def install(guest, rules):
    text = json.dumps(rules, indent=2)
    guest.run(f"cat >{RULES} <<'END'\n{text}\nEND")
    guest.run(f"install -o slewd -m 600 /dev/null {_PASSWORD_FILE} && "
              f"echo {dovecot.PASSWORD} >{_PASSWORD_FILE}")


def forbid(guest):
    guest.run(f"rm -f {_POLKIT}")


def permit(guest):
    """As docs/operate.md says; polkitd looks at the folder by itself."""
    guest.push(namespace.ROOT / "deploy" / "polkit" / "50-slewd.rules", _POLKIT, mode="644")
