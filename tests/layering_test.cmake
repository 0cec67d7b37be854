# Runs layering.cmake on small trees, good and bad: a test that cannot fail is worth nothing.
#   cmake -DSCRIPT=<layering.cmake> -DSCRATCH=<a folder of its own> -P layering_test.cmake
cmake_minimum_required(VERSION 3.25)

# Writes a file and runs the script; it has to complain with `expected`, or "" not at all.
function(check file content expected)
  file(REMOVE_RECURSE ${SCRATCH})
  file(WRITE ${SCRATCH}/core/good.h "#pragma once\n\n#include <vector>\n")
  file(WRITE ${SCRATCH}/${file} "${content}")
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${SCRATCH} -P ${SCRIPT}
                  RESULT_VARIABLE result ERROR_VARIABLE complaint OUTPUT_QUIET)
  # CMake breaks long messages into lines.
  string(REGEX REPLACE "[ \n]+" " " complaint "${complaint}")
  string(FIND "${complaint}" "${expected}" at)
  if(expected STREQUAL "")
    if(NOT result EQUAL 0)
      message(SEND_ERROR "${file} is good, but: ${complaint}\n${content}")
    endif()
  elseif(result EQUAL 0)
    message(SEND_ERROR "${file} should fail with \"${expected}\"\n${content}")
  elseif(at EQUAL -1)
    message(SEND_ERROR "${file} should fail with \"${expected}\", not: ${complaint}\n${content}")
  endif()
endfunction()

# Includes `what` in line 3 of `file`.
function(check_include file what expected)
  check(${file} "// A file; with [brackets\\ and \"quotes\".\n\n#include ${what}\n" "${expected}")
endfunction()

check_include(core/x.cc "\"core/metrics.h\"" "")
check_include(core/x.cc "\"formats/influx.h\"" "core/x.cc:3: may not include formats/influx.h")
check_include(core/x.cc "<formats/influx.h>" "core/x.cc:3: may not include formats/influx.h")
check_include(core/a/b.cc "\"plugins/exec/x.h\"" "core/a/b.cc:3: may not include")
check_include(core/x.cc "\"tests/support/x.h\"" "core/x.cc:3: may not include")
check_include(core/x.cc "\"metrics.h\"" "core/x.cc:3: \"metrics.h\" is not named from the root")
check_include(core/a/x.cc "\"core/a/../../formats/x.h\"" "core/a/x.cc:3:")

foreach(room procfs kernel)
  foreach(header naming/namer accounting/account settings settings_file collector metrics snapshot)
    check_include(core/${room}/x.cc "\"core/${header}.h\"" "core/${room}/x.cc:3: may not include")
  endforeach()
  check_include(core/${room}/x.cc "\"core/unique_fd.h\"" "")
endforeach()
check_include(core/kernel/x.cc "\"core/procfs/pid_io.h\"" "")
check_include(core/procfs/x.cc "\"core/kernel/routes.h\"" "core/procfs/x.cc:3: may not include")
check_include(core/naming/x.cc "\"core/procfs/pid_stat.h\"" "")
check_include(core/naming/x.cc "\"core/accounting/life.h\"" "core/naming/x.cc:3: may not include")
check_include(core/accounting/x.cc "\"core/naming/namer.h\"" "")

check_include(formats/x.cc "\"core/metrics.h\"" "")
check_include(formats/x.cc "\"core/snapshot.h\"" "")
check_include(formats/x.cc "\"core/fingerprint.h\"" "")
check_include(formats/x.cc "\"core/naming/group_label.h\"" "formats/x.cc:3: may not include")
check_include(formats/x.cc "\"core/collector.h\"" "formats/x.cc:3: may not include core/collector.h")
check_include(formats/x.cc "\"core/procfs/text.h\"" "formats/x.cc:3: may not include")
check_include(formats/x.cc "\"plugins/common/x.h\"" "formats/x.cc:3: may not include")

check_include(plugins/exec/x.cc "\"core/collector.h\"" "")
check_include(plugins/exec/x.cc "\"plugins/common/x.h\"" "")
check_include(plugins/exec/x.cc "\"plugins/exec/y.h\"" "")
check_include(plugins/exec/x.cc "\"plugins/graphite/y.h\"" "plugins/exec/x.cc:3: may not include")
check_include(plugins/common/x.cc "\"plugins/exec/x.h\"" "plugins/common/x.cc:3: may not include")

check(core/x.h "// A comment first.\n#pragma once\n" "core/x.h:1: a header begins with #pragma once")
check(core/x.h "#pragma once\n  #  include\t\"plugins/y.h\"\n" "core/x.h:2: may not include")
check(core/x.cc "#if 1\n#include \"core/metrics.h\"\n#include \"plugins/y.h\"\n#endif\n"
      "core/x.cc:3: may not include")
string(REPEAT "// a line\n" 400 longest)
check(core/x.cc "${longest}" "")
check(core/x.cc "${longest}\n" "core/x.cc:401: over 400 lines")

file(REMOVE_RECURSE ${SCRATCH})
file(WRITE ${SCRATCH}/plugins/collectd/a.cc "#include <daemon/plugin.h>\n")
file(WRITE ${SCRATCH}/plugins/collectd/b.cc "#include <plugin.h>\n")
execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${SCRATCH} -P ${SCRIPT}
                RESULT_VARIABLE result ERROR_QUIET OUTPUT_QUIET)
if(result EQUAL 0)
  message(SEND_ERROR "collectd's header in two files should fail")
endif()
file(REMOVE_RECURSE ${SCRATCH})
execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${SCRATCH} -P ${SCRIPT}
                RESULT_VARIABLE result ERROR_QUIET OUTPUT_QUIET)
if(result EQUAL 0)
  message(SEND_ERROR "a tree without sources should fail")
endif()
