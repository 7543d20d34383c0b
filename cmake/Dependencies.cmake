# The libraries that we link: imported targets Vpc::expat, Vpc::jansson, Vpc::mbedtls, Vpc::sqlite, Vpc::uv, Vpc::cmocka (tests only).
#
# The platform's own packages are looked at first. What a cross build does not find there comes from VPC_DEPS/<triplet>, which
# scripts/deps fills. VPC_DEPS is a cache or an environment variable; without either it is build/deps.
#
# On Windows the static library is preferred, so that the DLL needs no other DLL beside it.
if(NOT VPC_DEPS)
    if(NOT "$ENV{VPC_DEPS}" STREQUAL "")
        set(VPC_DEPS "$ENV{VPC_DEPS}")
    else()
        set(VPC_DEPS "${CMAKE_SOURCE_DIR}/build/deps")
    endif()
endif()
set(VPC_DEPS "${VPC_DEPS}" CACHE PATH "Folder of the libraries that scripts/deps builds for MinGW")
if(CMAKE_CROSSCOMPILING)
    list(APPEND CMAKE_FIND_ROOT_PATH "${VPC_DEPS}/${VPC_TRIPLET}")
endif()

set(VPC_MISSING "")
set(VPC_MISSING_DEBIAN "")
set(VPC_MISSING_MSYS2 "")

# vpc_dependency(<name> HEADER <h> LIBRARY <lib> [STATIC_DEFINES ...] [SYSTEM_LIBS ...] DEBIAN <package> MSYS2 <package>)
# Makes Vpc::<name>, or notes its packages as missing. STATIC_DEFINES and SYSTEM_LIBS are for Windows.
function(vpc_dependency name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADER;LIBRARY;DEBIAN;MSYS2" "STATIC_DEFINES;SYSTEM_LIBS")
    set(candidates ${arg_LIBRARY})
    if(WIN32)
        set(candidates "lib${arg_LIBRARY}.a" "lib${arg_LIBRARY}_a.a" "lib${arg_LIBRARY}-static.a" ${arg_LIBRARY})
    endif()
    find_path(VPC_${name}_INCLUDE "${arg_HEADER}")
    find_library(VPC_${name}_LIBRARY NAMES ${candidates})
    mark_as_advanced(VPC_${name}_INCLUDE VPC_${name}_LIBRARY)
    if(NOT VPC_${name}_INCLUDE OR NOT VPC_${name}_LIBRARY)
        set(VPC_MISSING ${VPC_MISSING} ${name} PARENT_SCOPE)
        set(VPC_MISSING_DEBIAN ${VPC_MISSING_DEBIAN} ${arg_DEBIAN} PARENT_SCOPE)
        set(VPC_MISSING_MSYS2 ${VPC_MISSING_MSYS2} "$ENV{MINGW_PACKAGE_PREFIX}-${arg_MSYS2}" PARENT_SCOPE)
        return()
    endif()
    add_library(Vpc::${name} UNKNOWN IMPORTED)
    set_target_properties(Vpc::${name} PROPERTIES
        IMPORTED_LOCATION "${VPC_${name}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${VPC_${name}_INCLUDE}")
    if(WIN32)
        target_link_libraries(Vpc::${name} INTERFACE ${arg_SYSTEM_LIBS})
        if(NOT VPC_${name}_LIBRARY MATCHES "\\.dll\\.a$")
            target_compile_definitions(Vpc::${name} INTERFACE ${arg_STATIC_DEFINES})
        endif()
    endif()
endfunction()

vpc_dependency(expat HEADER expat.h LIBRARY expat STATIC_DEFINES XML_STATIC
    DEBIAN libexpat1-dev MSYS2 expat)
vpc_dependency(jansson HEADER jansson.h LIBRARY jansson
    DEBIAN libjansson-dev MSYS2 jansson)
# One package, three libraries.
vpc_dependency(mbedcrypto HEADER mbedtls/cipher.h LIBRARY mbedcrypto SYSTEM_LIBS bcrypt advapi32
    DEBIAN libmbedtls-dev MSYS2 mbedtls)
vpc_dependency(mbedx509 HEADER mbedtls/x509.h LIBRARY mbedx509 SYSTEM_LIBS ws2_32
    DEBIAN libmbedtls-dev MSYS2 mbedtls)
vpc_dependency(mbedtls HEADER mbedtls/ssl.h LIBRARY mbedtls SYSTEM_LIBS ws2_32
    DEBIAN libmbedtls-dev MSYS2 mbedtls)
vpc_dependency(sqlite HEADER sqlite3.h LIBRARY sqlite3
    DEBIAN libsqlite3-dev MSYS2 sqlite3)
vpc_dependency(uv HEADER uv.h LIBRARY uv SYSTEM_LIBS psapi user32 advapi32 iphlpapi userenv ws2_32 dbghelp ole32 uuid
    DEBIAN libuv1-dev MSYS2 libuv)
if(BUILD_TESTING)
    vpc_dependency(cmocka HEADER cmocka.h LIBRARY cmocka
        DEBIAN libcmocka-dev MSYS2 cmocka)
endif()

if(TARGET Vpc::mbedtls)
    target_link_libraries(Vpc::mbedtls INTERFACE Vpc::mbedx509 Vpc::mbedcrypto)
endif()

if(VPC_MISSING)
    if(CMAKE_CROSSCOMPILING)
        set(hint "${VPC_MISSING} for ${VPC_TRIPLET} not found in ${VPC_DEPS}: run bash scripts/deps")
    elseif(WIN32)
        set(hint "missing packages, install with: pacman -S ${VPC_MISSING_MSYS2}")
    else()
        set(hint "missing packages, install with: apt-get install ${VPC_MISSING_DEBIAN}")
    endif()
    string(REPLACE ";" " " hint "${hint}")
    # A line that starts with a space is not wrapped.
    message(FATAL_ERROR " ${hint}")
endif()
