# What the headers of a finished Windows program say of how hard it is to abuse.
#
# cmake -DOBJDUMP=<objdump> -DFILE=<program> -DBITS=<32|64> -P hardening.cmake
#
# Needs no Windows. Every fault is said, then it fails.
cmake_minimum_required(VERSION 3.25)
set(faults "")

execute_process(COMMAND "${OBJDUMP}" -p "${FILE}" OUTPUT_VARIABLE headers RESULT_VARIABLE status)
execute_process(COMMAND "${OBJDUMP}" -h "${FILE}" OUTPUT_VARIABLE sections RESULT_VARIABLE status_of_sections)
execute_process(COMMAND "${OBJDUMP}" -t "${FILE}" OUTPUT_VARIABLE symbols RESULT_VARIABLE status_of_symbols)
if(NOT "${status}${status_of_sections}${status_of_symbols}" STREQUAL "000")
    message(FATAL_ERROR "'${OBJDUMP}' cannot read '${FILE}'")
endif()

# ASLR and DEP; addresses over 4 GiB for 64 bits.
set(wanted DYNAMIC_BASE NX_COMPAT)
if(BITS EQUAL 64)
    list(APPEND wanted HIGH_ENTROPY_VA)
endif()
if(GUARD_CF)
    list(APPEND wanted GUARD_CF)
endif()
foreach(flag IN LISTS wanted)
    if(NOT headers MATCHES "[ \t\n]${flag}[ \t\r\n]")
        list(APPEND faults "no ${flag}")
    endif()
endforeach()

# A program without relocations is loaded at one address for good, whatever its flags say.
if(headers MATCHES "relocations stripped" OR NOT sections MATCHES "[ \t]\\.reloc[ \t]")
    list(APPEND faults "it has no relocations")
endif()

# What is executed is not written to.
string(REGEX MATCHALL "[0-9]+ (\\.[^ \n]+)[^\n]*\n[^\n]*CONTENTS[^\n]*" rows "${sections}")
set(code 0)
foreach(row IN LISTS rows)
    if(row MATCHES "CODE")
        math(EXPR code "${code} + 1")
        if(NOT row MATCHES "READONLY")
            list(APPEND faults "a section is code and can be written to: ${row}")
        endif()
    endif()
endforeach()
if(code EQUAL 0)
    list(APPEND faults "no section of code was found")
endif()

# Stack protection: the compiler's checks are linked in.
if(NOT symbols MATCHES "__stack_chk_fail")
    list(APPEND faults "its functions do not check their stack")
endif()

# Libraries of the system only, by their names. The names of the C runtime are those of msvcrt and of the UCRT.
set(system advapi32 bcrypt iphlpapi kernel32 ole32 oleaut32 user32 userenv ws2_32 psapi shell32 dbghelp msvcrt)
string(REGEX MATCHALL "DLL Name: [^\r\n]+" imports "${headers}")
if(NOT imports)
    list(APPEND faults "it imports nothing")
endif()
foreach(import IN LISTS imports)
    string(REGEX REPLACE "DLL Name: *" "" name "${import}")
    string(TOLOWER "${name}" name)
    string(REGEX REPLACE "\\.dll$" "" stem "${name}")
    if(NOT stem IN_LIST system AND NOT stem MATCHES "^api-ms-win-crt-[a-z]+-l1-1-0$")
        list(APPEND faults "it imports ${name}")
    endif()
endforeach()

if(faults)
    list(JOIN faults "\n  " faults)
    message(FATAL_ERROR "${FILE}:\n  ${faults}")
endif()
list(LENGTH imports count)
message(STATUS "${FILE}: ${wanted}, stack checks, ${count} libraries of the system")
