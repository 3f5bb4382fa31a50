# SPDX-License-Identifier: Apache-2.0
# slewd_embed_assets(OUT files...): compiles files into a program. OUT is the generated source, which defines
# slewd::exporter::assets(). index.html is served as "/", any other file under its own name.
# The same file is the script that generates: byte arrays survive link-time optimisation and name no path.
if(CMAKE_SCRIPT_MODE_FILE)
  set(types_html "text/html; charset=utf-8")
  set(types_css "text/css; charset=utf-8")
  set(types_js "text/javascript; charset=utf-8")
  set(types_svg "image/svg+xml")
  set(arrays "")
  set(rows "")
  set(index 0)
  separate_arguments(FILES)
  foreach(file ${FILES})
    get_filename_component(name "${file}" NAME)
    get_filename_component(extension "${file}" LAST_EXT)
    string(SUBSTRING "${extension}" 1 -1 extension)
    if(NOT DEFINED types_${extension})
      message(FATAL_ERROR "${name}: no content type is known for .${extension}")
    endif()
    file(READ "${file}" hex HEX)
    file(SHA256 "${file}" hash)
    string(SUBSTRING "${hash}" 0 16 hash)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${hex}")
    string(LENGTH "${hex}" size)
    math(EXPR size "${size} / 2")
    # One literal of at most 1000 bytes a line: compilers warn of longer ones.
    string(REGEX REPLACE "((\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f]))"
           "\\1\"\n\"" bytes "${bytes}")
    string(APPEND arrays "constexpr char kBytes${index}[] =\n\"${bytes}\";\n")
    if(name STREQUAL "index.html")
      set(path "/")
    else()
      set(path "/${name}")
    endif()
    string(APPEND rows "    {\"${path}\", \"${types_${extension}}\", \"\\\"${hash}\\\"\", {kBytes${index}, ${size}}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  file(WRITE "${OUT}" "#include \"exporter/assets.hpp\"\n\n#include <array>\n\nnamespace slewd::exporter {\nnamespace {\n\n"
       "${arrays}\nconstexpr std::array<Asset, ${index}> kAssets{{\n${rows}}};\n\n}  // namespace\n\n"
       "std::span<const Asset> assets() { return kAssets; }\n\n}  // namespace slewd::exporter\n")
  return()
endif()

set(SLEWD_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

function(slewd_embed_assets out)
  string(REPLACE ";" " " files "${ARGN}")
  add_custom_command(OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${out}" "-DFILES=${files}" -P "${SLEWD_EMBED_SCRIPT}"
    DEPENDS ${ARGN} "${SLEWD_EMBED_SCRIPT}"
    COMMENT "Embedding the status page" VERBATIM)
endfunction()
