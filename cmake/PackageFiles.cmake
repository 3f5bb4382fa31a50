# SPDX-License-Identifier: Apache-2.0
# What Debian's policy wants of a package beyond what `cmake --install` puts into a prefix. Run by cpack
# upon the tree that it is about to pack.
set(docs "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/doc/slewd")

function(slewd_run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# /usr/share/common-licenses has it.
file(REMOVE "${docs}/LICENSE")
slewd_run(install -D -m 644 "${CPACK_SLEWD_CHANGELOG}" "${docs}/changelog")
file(GLOB pages "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/man/man*/*.[158]")
slewd_run(gzip -9nf "${docs}/changelog" ${pages})
# The compiler's version: of no use without debug symbols.
file(GLOB programs "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/bin/*")
if(programs)
  slewd_run("${CPACK_SLEWD_STRIP}" --remove-section=.comment ${programs})
endif()
slewd_run(install -D -m 644 "${CPACK_SLEWD_OVERRIDES}"
          "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/lintian/overrides/slewd")
# Those on the way to a file were made under the caller's umask.
slewd_run(find "${CPACK_TEMPORARY_INSTALL_DIRECTORY}" -type d -exec chmod 755 {} +)
slewd_run(find "${CPACK_TEMPORARY_INSTALL_DIRECTORY}" -exec
          touch --no-dereference --date=@$ENV{SOURCE_DATE_EPOCH} {} +)
