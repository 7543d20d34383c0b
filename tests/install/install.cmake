# cmake -DBUILD=<folder> -DGENERATOR=<name> [-DTOOLCHAIN=<file>] [-DEMULATOR=<command>] -P install.cmake
set(prefix "${BUILD}/tests/install/prefix")
set(client "${BUILD}/tests/install/client")
file(REMOVE_RECURSE "${prefix}" "${client}")

function(run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        list(JOIN ARGN " " command)
        message(FATAL_ERROR "status ${status}: ${command}")
    endif()
endfunction()

run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}")
foreach(file IN ITEMS bin/VPCCOMInterfaces.dll bin/vpchost.exe include/VPCCOMInterfaces.h
        share/VPCCOMInterfaces/VPCCOMInterfaces_i.c share/VPCCOMInterfaces/VPCCOMInterfaces.tlb)
    if(NOT EXISTS "${prefix}/${file}")
        message(FATAL_ERROR "not installed: ${file}")
    endif()
endforeach()

set(toolchain "")
if(TOOLCHAIN)
    # The root path of a cross build hides every other folder, so the package's folder is named.
    set(toolchain "--toolchain" "${TOOLCHAIN}")
endif()
run("${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/client" -B "${client}" -G "${GENERATOR}" ${toolchain}
    "-DVPCCOMInterfaces_DIR=${prefix}/lib/cmake/VPCCOMInterfaces")
run("${CMAKE_COMMAND}" --build "${client}")
run(${EMULATOR} "${client}/client_c.exe" "${prefix}/share/VPCCOMInterfaces/VPCCOMInterfaces.tlb")
run(${EMULATOR} "${client}/client_cpp.exe")
