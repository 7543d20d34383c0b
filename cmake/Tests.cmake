# vpc_add_test(<name> SOURCES <c>... [LIBS <target>...] [LABELS <label>...] [TIMEOUT <seconds>] [ENVIRONMENT <VAR=value>...] [SERIAL])
#
# Makes a CMocka executable and gives it to ctest, which runs it through Wine when it is a Windows program on another system.
# TIMEOUT (300 s if not given) is a net under a test that hangs; no test may depend on it. SERIAL: not beside another test.
# The label `long` is for tests of minutes: `scripts/test --long` runs them, `scripts/test` does not.
#
# A test that has to be skipped prints "SKIPPED: " and the reason on a line; scripts/test repeats it at the end.
#
# All tests of one build folder share its Wine prefix, <build>/wine. A build whose programs cannot run here (32-bit ones without
# 32-bit Wine) makes the executables all the same and shows one skipped ctest test that says so.
set(VPC_CAN_RUN ON)
if(BUILD_TESTING AND CMAKE_CROSSCOMPILING)
    set(CMAKE_CROSSCOMPILING_EMULATOR "${CMAKE_SOURCE_DIR}/scripts/wine-run;${CMAKE_BINARY_DIR}/wine")
    math(EXPR VPC_BITS "8 * ${CMAKE_SIZEOF_VOID_P}")
    execute_process(COMMAND "${CMAKE_SOURCE_DIR}/scripts/wine-run" --check ${VPC_BITS}
        RESULT_VARIABLE status ERROR_VARIABLE reason ERROR_STRIP_TRAILING_WHITESPACE)
    if(NOT status EQUAL 0)
        set(VPC_CAN_RUN OFF)
        message(STATUS "Tests will not run: ${reason}")
        add_test(NAME "windows-${VPC_BITS}bit-tests" COMMAND "${CMAKE_COMMAND}" -E echo "SKIPPED: ${reason}")
        set_tests_properties("windows-${VPC_BITS}bit-tests" PROPERTIES SKIP_REGULAR_EXPRESSION "SKIPPED: ")
    endif()
endif()

function(vpc_add_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL" "TIMEOUT" "SOURCES;LIBS;LABELS;ENVIRONMENT")
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_LIBS} Vpc::cmocka)
    if(NOT VPC_CAN_RUN)
        return()
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
