# What Debian's policy wants of a package beyond what `cmake --install` puts into a prefix. Run by cpack
# upon the tree that it is about to pack.
set(docs "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/doc/slewd")

function(slewd_run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# /usr/share/common-licenses has it.
file(REMOVE "${docs}/LICENSE")
file(COPY_FILE "${CPACK_SLEWD_CHANGELOG}" "${docs}/changelog")
file(GLOB pages "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/man/man*/*.[158]")
file(CHMOD "${docs}/changelog" FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
slewd_run(gzip -9nf "${docs}/changelog" ${pages})
if(EXISTS "${CPACK_SLEWD_OVERRIDES}")
  set(overrides "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/lintian/overrides")
  file(MAKE_DIRECTORY "${overrides}")
  file(COPY_FILE "${CPACK_SLEWD_OVERRIDES}" "${overrides}/slewd")
  slewd_run(chmod 755 "${overrides}" "${overrides}/..")
  slewd_run(chmod 644 "${overrides}/slewd")
endif()
slewd_run(find "${CPACK_TEMPORARY_INSTALL_DIRECTORY}" -exec
          touch --no-dereference --date=@$ENV{SOURCE_DATE_EPOCH} {} +)
