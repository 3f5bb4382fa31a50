# SPDX-License-Identifier: Apache-2.0
"""The configuration of the tests' Dovecot, in the words of 2.3 and of 2.4."""
import re
import subprocess

# Both take these.
_COMMON = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
first_valid_gid = 1
ssl = {ssl}
service imap-login {{
  {login_chroot}
  inet_listener imap {{
    {listens_on} = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    {listens_on} = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
"""

_OF_2_3 = """\
protocols = imap
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
import_environment = TZ CORE_OUTOFMEM CORE_ERROR {variables}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/home
}}
"""

# The versions come first, and 2.4 takes the configuration of every 2.4.
_VERSION_2_4 = """\
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
"""

_OF_2_4 = """\
protocols {{
  imap = yes
}}
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
import_environment {{
{variables}
}}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/mail/home
  }}
}}
"""

_CERTIFICATE = {
    (2, 3): "ssl_cert = <{certificate}\nssl_key = <{key}\n",
    (2, 4): "ssl_server_cert_file = {certificate}\nssl_server_key_file = {key}\n",
}

# A user who is not root can neither change root nor give sockets away.
_UNPRIVILEGED = """\
service anvil {
  chroot =
}
service stats {
  chroot =
}
"""

# What its children need of the preload clock.
_CLOCK = ("LD_PRELOAD", "LD_LIBRARY_PATH", "SLEWD_PRELOAD_CLOCK")


def version_of(command):
    """(2, 3), for instance; `command` is the start of a shell command that runs Dovecot."""
    said = subprocess.run(["sh", "-c", f"{command} --version"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    found = re.match(r"(\d+)\.(\d+)", said)
    if not found:
        raise AssertionError(f"dovecot --version says {said!r}")
    return int(found.group(1)), int(found.group(2))


def text(version, *, root, certificate=None, **values):
    """What dovecot.conf has to say; `certificate` is (certificate file, key file), and `values`
    name the folder, the ports, the password and who Dovecot's parts run as."""
    modern = version >= (2, 4)
    values["ssl"] = "yes" if certificate else "no"
    values["login_chroot"] = "" if root else "chroot ="
    values["listens_on"] = "listen" if modern else "address"
    values["variables"] = ("\n".join(f"  {name} = %{{env:{name}}}" for name in _CLOCK) if modern
                           else " ".join(_CLOCK))
    parts = [_VERSION_2_4 if modern else "", _COMMON.format(**values),
             (_OF_2_4 if modern else _OF_2_3).format(**values)]
    if certificate:
        parts.append(_CERTIFICATE[(2, 4) if modern else (2, 3)].format(
            certificate=certificate[0], key=certificate[1]))
    if not root:
        parts.append(_UNPRIVILEGED)
    return "".join(parts)
