# What `cmake --install` lays out for a client:
#
#   bin/                            VPCCOMInterfaces.dll, vpchost.exe, vpcctl.exe
#   include/                        VPCCOMInterfaces.h
#   share/VPCCOMInterfaces/         VPCCOMInterfaces_i.c, VPCCOMInterfaces.tlb
#   lib/cmake/VPCCOMInterfaces/     find_package(VPCCOMInterfaces), target VPCCOMInterfaces::headers
#
# There is no import library: a COM client links against none.
include(CMakePackageConfigHelpers)

set(idl "${CMAKE_BINARY_DIR}/idl")
set(data "${CMAKE_INSTALL_DATADIR}/VPCCOMInterfaces")
set(package "${CMAKE_INSTALL_LIBDIR}/cmake/VPCCOMInterfaces")

foreach(program IN ITEMS VPCCOMInterfaces vpchost vpcctl)
    if(TARGET ${program})
        install(TARGETS ${program} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
    endif()
endforeach()
install(FILES "${idl}/VPCCOMInterfaces.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(FILES "${idl}/VPCCOMInterfaces_i.c" "${idl}/VPCCOMInterfaces.tlb" DESTINATION "${data}")

configure_package_config_file(cmake/VPCCOMInterfacesConfig.cmake.in "${CMAKE_BINARY_DIR}/VPCCOMInterfacesConfig.cmake"
    INSTALL_DESTINATION "${package}"
    PATH_VARS CMAKE_INSTALL_INCLUDEDIR data
    NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# A client needs the header only, and that is the same for 32 and 64 bits.
write_basic_package_version_file("${CMAKE_BINARY_DIR}/VPCCOMInterfacesConfigVersion.cmake"
    COMPATIBILITY SameMajorVersion ARCH_INDEPENDENT)
install(FILES "${CMAKE_BINARY_DIR}/VPCCOMInterfacesConfig.cmake" "${CMAKE_BINARY_DIR}/VPCCOMInterfacesConfigVersion.cmake"
    DESTINATION "${package}")
