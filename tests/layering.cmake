# Fails, with file and line, where an include points up or a file breaks a rule of its shape.
#   cmake -DROOT=<source folder> -P layering.cmake
cmake_minimum_required(VERSION 3.25)

# Appends "file:line: why" for the place where `text` stands in the file.
function(report file content text why)
  string(FIND "${content}" "${text}" at)
  string(SUBSTRING "${content}" 0 ${at} before)
  string(REGEX REPLACE "[^\n]" "" newlines "${before}")
  string(LENGTH "${newlines}" line)
  math(EXPR line "${line} + 1")
  set_property(GLOBAL APPEND_STRING PROPERTY violations "${file}:${line}: ${why}\n")
endfunction()

# forbid(<regex of files> <regex of includes> [EXCEPT <regex of includes>])
# One row of the table of rules.
set(rule_count 0)
function(forbid files includes)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "EXCEPT" "")
  set(files_${rule_count} "${files}" PARENT_SCOPE)
  set(includes_${rule_count} "${includes}" PARENT_SCOPE)
  set(except_${rule_count} "${arg_EXCEPT}" PARENT_SCOPE)
  math(EXPR next "${rule_count} + 1")
  set(rule_count ${next} PARENT_SCOPE)
endfunction()

# plugins -> formats -> core, and nothing the other way.
forbid("^core/" "^(formats|plugins|tests)/")
forbid("^formats/" "^(plugins|tests)/")
forbid("^plugins/" "^tests/")
forbid("^formats/" "^core/" EXCEPT "^core/(fingerprint|metrics|snapshot)\\.h$")
# The kernel's side knows no policy.
forbid("^core/(procfs|kernel)/" "^core/(naming|accounting)/")
forbid("^core/(procfs|kernel)/" "^core/(settings[^/]*|collector|metrics|snapshot)\\.h$")
forbid("^core/procfs/" "^core/kernel/")
forbid("^core/naming/" "^core/accounting/")
# A front end is used by nobody, what they share knows none of them.
forbid("^plugins/common/" "^plugins/" EXCEPT "^plugins/common/")
foreach(front_end exec collectd graphite)
  forbid("^plugins/${front_end}/" "^plugins/" EXCEPT "^plugins/(common|${front_end})/")
endforeach()

set(collectd_headers "")
file(GLOB_RECURSE sources RELATIVE ${ROOT}
     ${ROOT}/core/*.h ${ROOT}/core/*.cc ${ROOT}/formats/*.h ${ROOT}/formats/*.cc
     ${ROOT}/plugins/*.h ${ROOT}/plugins/*.cc)
foreach(file IN LISTS sources)
  file(READ ${ROOT}/${file} content)
  # Lines are all that counts here: what CMake reads as structure of a list would be in the way.
  string(REGEX REPLACE "[][;\\]" "." content "${content}")

  string(REGEX REPLACE "[^\n]" "" newlines "${content}")
  string(LENGTH "${newlines}" lines)
  if(lines GREATER 400)
    set_property(GLOBAL APPEND_STRING PROPERTY violations "${file}:401: over 400 lines\n")
  endif()
  if(file MATCHES "\\.h$" AND NOT content MATCHES "^#pragma once\n")
    set_property(GLOBAL APPEND_STRING PROPERTY violations
                 "${file}:1: a header begins with #pragma once\n")
  endif()

  string(REGEX MATCHALL "\n[ \t]*#[ \t]*include[ \t]*[<\"][^>\"\n]+[>\"]" directives "\n${content}")
  foreach(directive IN LISTS directives)
    string(SUBSTRING "${directive}" 1 -1 directive)
    string(REGEX REPLACE ".*[<\"](.+)[>\"]$" "\\1" included "${directive}")
    if(directive MATCHES "\"$" AND NOT included MATCHES "^(core|formats|plugins|tests)/"
       OR included MATCHES "\\.\\./")
      report(${file} "${content}" "${directive}" "\"${included}\" is not named from the root")
    endif()
    if(included MATCHES "(^|/)(daemon/)?plugin\\.h$")
      list(APPEND collectd_headers ${file})
      list(LENGTH collectd_headers count)
      if(count GREATER 1)
        report(${file} "${content}" "${directive}"
               "collectd's header is included in ${collectd_headers}, which is more than one")
      endif()
    endif()
    math(EXPR last_rule "${rule_count} - 1")
    foreach(rule RANGE ${last_rule})
      if(file MATCHES "${files_${rule}}" AND included MATCHES "${includes_${rule}}"
         AND NOT (except_${rule} AND included MATCHES "${except_${rule}}"))
        report(${file} "${content}" "${directive}" "may not include ${included}")
      endif()
    endforeach()
  endforeach()
endforeach()

list(LENGTH sources source_count)
if(source_count EQUAL 0)
  message(FATAL_ERROR "no sources under ${ROOT}")
endif()
get_property(violations GLOBAL PROPERTY violations)
if(violations)
  message(FATAL_ERROR "${violations}")
endif()
message("${source_count} files, ${rule_count} rules")
