# vpc_add_test(<name> SOURCES <c>... [LIBS <target>...] [LABELS <label>...] [TIMEOUT <seconds>] [ENVIRONMENT <VAR=value>...] [SERIAL])
#
# Makes a CMocka executable and gives it to ctest, which runs it through Wine when it is a Windows program on another system.
# TIMEOUT (300 s if not given) is a net under a test that hangs; no test may depend on it. SERIAL: not beside another test.
# The label `long` is for tests of minutes: `scripts/test --long` runs them, `scripts/test` does not.
#
# A test that has to be skipped prints "SKIPPED: " and the reason on a line; scripts/test repeats it at the end.
#
# All tests of one build folder share its Wine prefix, <build>/wine; vpc_wine_prefix(<name>) gives those that follow another one. 32-bit programs run
# by the machine's own 32-bit Wine or by that of the root folder of scripts/wine32-root. A build whose programs cannot run here makes the executables
# all the same and shows one skipped ctest test that says so.
set(VPC_CAN_RUN ON)
if(BUILD_TESTING AND CMAKE_CROSSCOMPILING)
    set(VPC_WINE "${CMAKE_SOURCE_DIR}/scripts/wine-run")
    math(EXPR VPC_BITS "8 * ${CMAKE_SIZEOF_VOID_P}")
    execute_process(COMMAND "${CMAKE_SOURCE_DIR}/scripts/wine-run" --check ${VPC_BITS}
        RESULT_VARIABLE status ERROR_VARIABLE reason ERROR_STRIP_TRAILING_WHITESPACE)
    if(NOT status EQUAL 0 AND VPC_BITS EQUAL 32)
        execute_process(COMMAND "${CMAKE_SOURCE_DIR}/scripts/wine32-root" --check "${VPC_DEPS}/wine32"
            RESULT_VARIABLE status ERROR_VARIABLE reason ERROR_STRIP_TRAILING_WHITESPACE)
        set(VPC_WINE_ROOT "${VPC_DEPS}/wine32")
        list(APPEND VPC_WINE --root "${VPC_WINE_ROOT}")
    endif()
    if(NOT status EQUAL 0)
        set(VPC_CAN_RUN OFF)
        message(STATUS "Tests will not run: ${reason}")
        add_test(NAME "windows-${VPC_BITS}bit-tests" COMMAND "${CMAKE_COMMAND}" -E echo "SKIPPED: ${reason}")
        set_tests_properties("windows-${VPC_BITS}bit-tests" PROPERTIES SKIP_REGULAR_EXPRESSION "SKIPPED: ")
    endif()
endif()

macro(vpc_wine_prefix name)
    if(CMAKE_CROSSCOMPILING)
        set(CMAKE_CROSSCOMPILING_EMULATOR "${VPC_WINE};${CMAKE_BINARY_DIR}/${name}")
    endif()
endmacro()
vpc_wine_prefix(wine)

# A 32-bit build is tested with the supervisor of a 64-bit one, VPC_SUPERVISOR, where that is built: on a 64-bit Windows a 32-bit client meets that one.
# Then bin/vpchost.exe is a copy of it, and our own is bin/x86/vpchost.exe.
set(VPC_SUPERVISOR "" CACHE FILEPATH "64-bit vpchost.exe for the tests of a 32-bit build")
function(vpc_use_supervisor)
    if(NOT VPC_CAN_RUN OR NOT VPC_BITS EQUAL 32 OR NOT TARGET vpchost)
        return()
    endif()
    if(NOT VPC_SUPERVISOR OR NOT EXISTS "${VPC_SUPERVISOR}")
        set(reason "tests run with the 32-bit supervisor: there is no 64-bit one to be tested with (VPC_SUPERVISOR: '${VPC_SUPERVISOR}')")
        message(STATUS "${reason}")
        add_test(NAME supervisor_is_64bit COMMAND "${CMAKE_COMMAND}" -E echo "SKIPPED: ${reason}")
        set_tests_properties(supervisor_is_64bit PROPERTIES SKIP_REGULAR_EXPRESSION "SKIPPED: ")
        return()
    endif()
    set_target_properties(vpchost PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/x86")
    set(copy "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/vpchost.exe")
    add_custom_command(OUTPUT "${copy}" DEPENDS "${VPC_SUPERVISOR}"
        COMMAND "${CMAKE_COMMAND}" -E copy "${VPC_SUPERVISOR}" "${copy}" VERBATIM)
    add_custom_target(vpchost_64bit ALL DEPENDS "${copy}")
    add_dependencies(vpchost vpchost_64bit)
    # The machine in the program's header: x86-64.
    add_test(NAME supervisor_is_64bit COMMAND grep -qaP "PE\\x00\\x00\\x64\\x86" "${copy}")
    set_tests_properties(supervisor_is_64bit PROPERTIES ENVIRONMENT LC_ALL=C)
endfunction()

function(vpc_add_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL" "TIMEOUT" "SOURCES;LIBS;LABELS;ENVIRONMENT")
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_LIBS} Vpc::cmocka)
    if(NOT VPC_CAN_RUN)
        return()
    endif()
    # What a supervisor does with a real QEMU is the same in both widths: of these, only the tests of the whole run always.
    if(VPC_BITS EQUAL 32 AND "qemu" IN_LIST arg_LABELS AND NOT "system" IN_LIST arg_LABELS)
        list(APPEND arg_LABELS long)
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 300)
    endif()
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}" ENVIRONMENT "${arg_ENVIRONMENT}")
    if(arg_SERIAL)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
    endif()
endfunction()
