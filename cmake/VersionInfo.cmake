# vpc_version_info(<target> <description>): gives a DLL or a program its version resource. Only in a build for Windows.
#
# Product and version are those of the project; company and copyright are said here, for the installers too.
set(VPC_COMPANY "VPCCOMInterfaces project")
set(VPC_COPYRIGHT "Copyright (c) 2026 The VPCCOMInterfaces authors, MIT licence")

function(vpc_version_info target description)
    get_target_property(kind ${target} TYPE)
    set(type VFT_APP)
    set(file "${target}.exe")
    if(kind STREQUAL "SHARED_LIBRARY")
        set(type VFT_DLL)
        set(file "${target}.dll")
    endif()
    configure_file("${CMAKE_SOURCE_DIR}/cmake/version.rc.in" "${CMAKE_CURRENT_BINARY_DIR}/${target}_version.rc" @ONLY)
    target_sources(${target} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/${target}_version.rc")
endfunction()
