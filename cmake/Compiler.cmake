# Language level and warnings of every target; sanitizers of the native preset.
# scripts/analyse reads how each file is compiled.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# Static libraries end up inside the DLL.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_compile_options(-Wall -Wextra -Wpedantic -Werror -fno-strict-aliasing)
if(WIN32)
    # %zu, %lld as C17 has them; Windows 7 is the oldest system that had the original.
    add_compile_definitions(__USE_MINGW_ANSI_STDIO=1 _WIN32_WINNT=0x0601 WINVER=0x0601 UNICODE _UNICODE COBJMACROS)
    # No DLL of the compiler beside ours: libgcc, libstdc++ and winpthread go in.
    add_link_options(-static)
    # tests/hardening reads from the finished programs that this is in force. GCC has no control-flow guard for Windows.
    add_compile_options(-fstack-protector-strong $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
    add_link_options(-fstack-protector-strong -Wl,--dynamicbase,--nxcompat)
    if(CMAKE_SIZEOF_VOID_P EQUAL 8)
        add_link_options(-Wl,--high-entropy-va)
    endif()
    include(CheckCCompilerFlag)
    set(CMAKE_REQUIRED_LINK_OPTIONS -mguard=cf)
    check_c_compiler_flag(-mguard=cf VPC_HAS_GUARD_CF)
    unset(CMAKE_REQUIRED_LINK_OPTIONS)
    if(VPC_HAS_GUARD_CF)
        add_compile_options(-mguard=cf)
        add_link_options(-mguard=cf)
    endif()
else()
    add_compile_definitions(_GNU_SOURCE _FILE_OFFSET_BITS=64)
endif()

option(VPC_SANITIZE "Address and undefined behaviour sanitizers (native builds)" OFF)
if(VPC_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
endif()

option(VPC_SANITIZE_THREAD "Thread sanitizer (native builds)" OFF)
if(VPC_SANITIZE_THREAD)
    add_compile_options(-fsanitize=thread)
    add_link_options(-fsanitize=thread)
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
        # It says that fences are not modelled; all that they order here is atomic.
        add_compile_options(-Wno-tsan)
    endif()
endif()

# Every part is built so that the fuzzer sees which way an input took; the targets are in tests/fuzz.
option(VPC_FUZZ "Fuzz targets for libFuzzer (native builds with Clang)" OFF)
if(VPC_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link -O1)
endif()
