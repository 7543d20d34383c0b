# Finds widl with what it reads, and compiles IDL files. Include it only in a build for Windows.
#
# vpc_widl(IDL <file> HEADER <out.h> UUIDS <out_i.c> TYPELIB <out.tlb> [DEPENDS <file>...])
# Makes the three files whenever the IDL or a file of DEPENDS (what it imports) changes. Output paths are absolute or below
# CMAKE_CURRENT_BINARY_DIR.
#
# Debian: mingw-w64-tools has widl, libwine-dev the IDL files of OLE, libwine the type library stdole2.tlb.
# MSYS2: the packages tools and headers have the first two, Windows itself the third.
if(CMAKE_CROSSCOMPILING)
    set(VPC_WIDL_NAME "${VPC_TRIPLET}-widl")
    set(VPC_WIDL_PACKAGES "mingw-w64-tools" "libwine-dev" "libwine")
else()
    set(VPC_WIDL_NAME widl)
    set(VPC_WIDL_PACKAGES
        "$ENV{MINGW_PACKAGE_PREFIX}-tools" "$ENV{MINGW_PACKAGE_PREFIX}-headers" "Windows (its System32 folder)")
endif()
find_program(VPC_WIDL NAMES ${VPC_WIDL_NAME})
# Programs of the host read these, so no root path of the target counts.
find_path(VPC_WIDL_INCLUDE oaidl.idl
    PATHS /usr/include/wine/wine/windows /usr/include/wine/windows "$ENV{MINGW_PREFIX}/include"
    NO_CMAKE_FIND_ROOT_PATH)
file(GLOB VPC_WINE_WINDOWS /usr/lib/*/wine/x86_64-windows /usr/lib/wine/x86_64-windows)
find_path(VPC_STDOLE2 stdole2.tlb PATHS ${VPC_WINE_WINDOWS} "$ENV{SystemRoot}/System32" NO_CMAKE_FIND_ROOT_PATH)
mark_as_advanced(VPC_WIDL VPC_WIDL_INCLUDE VPC_STDOLE2)
foreach(found IN ITEMS VPC_WIDL VPC_WIDL_INCLUDE VPC_STDOLE2)
    list(POP_FRONT VPC_WIDL_PACKAGES package)
    if(NOT ${found})
        set(what "${VPC_WIDL_NAME}")
        if(found STREQUAL "VPC_WIDL_INCLUDE")
            set(what oaidl.idl)
        elseif(found STREQUAL "VPC_STDOLE2")
            set(what stdole2.tlb)
        endif()
        message(FATAL_ERROR " ${what} not found; package: ${package}")
    endif()
endforeach()

function(vpc_widl)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "IDL;HEADER;UUIDS;TYPELIB" "DEPENDS")
    foreach(output IN ITEMS HEADER UUIDS TYPELIB)
        cmake_path(ABSOLUTE_PATH arg_${output} BASE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
        cmake_path(GET arg_${output} PARENT_PATH folder)
        file(MAKE_DIRECTORY "${folder}")
    endforeach()
    cmake_path(ABSOLUTE_PATH arg_IDL BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    cmake_path(GET arg_IDL PARENT_PATH source)
    set(widl "${VPC_WIDL}" -I "${source}" -I "${VPC_WIDL_INCLUDE}" -L "${VPC_STDOLE2}")
    if(CMAKE_SIZEOF_VOID_P EQUAL 8)
        list(APPEND widl --win64)
    else()
        list(APPEND widl --win32)
    endif()
    # One run an output: with several, widl takes a name for the header only.
    add_custom_command(OUTPUT "${arg_HEADER}" "${arg_UUIDS}" "${arg_TYPELIB}"
        COMMAND ${widl} -h -o "${arg_HEADER}" "${arg_IDL}"
        COMMAND ${widl} -u -o "${arg_UUIDS}" "${arg_IDL}"
        COMMAND ${widl} -t -o "${arg_TYPELIB}" "${arg_IDL}"
        DEPENDS "${arg_IDL}" ${arg_DEPENDS}
        COMMENT "Compiling ${arg_IDL}"
        VERBATIM)
endfunction()
