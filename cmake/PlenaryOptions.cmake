# Compiler settings of every target of ours, in one interface target: plenary::options.

add_library(plenary_options INTERFACE)
add_library(plenary::options ALIAS plenary_options)
target_include_directories(plenary_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(plenary_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Werror
  # A build in another folder gives the same objects, so ccache serves every clone.
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # -Wconversion means here what it means for g++.
  target_compile_options(plenary_options INTERFACE -Wthread-safety -Wno-sign-conversion)
endif()

find_program(PLENARY_CCACHE ccache)
if(PLENARY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PLENARY_CCACHE})
endif()
find_program(PLENARY_MOLD mold)
if(PLENARY_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

set(PLENARY_SANITIZE "" CACHE STRING "address,undefined | thread | empty")
if(PLENARY_SANITIZE)
  add_compile_options(-fsanitize=${PLENARY_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PLENARY_SANITIZE})
  if(PLENARY_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
