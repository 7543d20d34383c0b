# What both MinGW toolchains share; VPC_TRIPLET is set by the including file.
set(CMAKE_C_COMPILER "${VPC_TRIPLET}-gcc")
set(CMAKE_CXX_COMPILER "${VPC_TRIPLET}-g++")
set(CMAKE_RC_COMPILER "${VPC_TRIPLET}-windres")

# Libraries and headers of the target only, programs of the host only.
set(CMAKE_FIND_ROOT_PATH "/usr/${VPC_TRIPLET}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
