# libllama from a llama.cpp source tree, patched or not.

# add_llama_library(TARGET KIND SOURCE [FILE...]): the tree's library and more files, on top of ggml-headers. What it says of
# llama.cpp's version is generated/llama-version.h.
function(add_llama_library target kind source)
    file(GLOB models CONFIGURE_DEPENDS "${source}/src/models/*.cpp")
    file(GLOB others CONFIGURE_DEPENDS "${source}/src/*.cpp")
    add_library(${target}-models OBJECT ${models})
    add_library(${target} ${kind} ${others} ${ARGN} $<TARGET_OBJECTS:${target}-models>)
    foreach(part ${target} ${target}-models)
        target_include_directories(${part}
            PRIVATE "${source}/src" "${CMAKE_BINARY_DIR}/generated"
            PUBLIC  "${source}/include")
        if (kind STREQUAL "SHARED")
            target_compile_definitions(${part} PRIVATE LLAMA_BUILD PUBLIC LLAMA_SHARED)
        endif()
        target_link_libraries(${part} PUBLIC ggml-headers)
    endforeach()
    # what takes time in a run is ggml's, which is not compiled here, and what of FILEs: the quicker compilation does for the rest
    target_compile_options(${target} PRIVATE -w -O1)
    target_compile_options(${target}-models PRIVATE -w -O1)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -O2)
    # the files are many and alike: in batches they compile in half of the time, those of models in a quarter. Files whose
    # helper has a namesake in another stay alone, and those beside llama.cpp's own, which are worked on.
    set_source_files_properties("${source}/src/llama-kv-cache-dsv4.cpp" "${source}/src/models/gemma4.cpp" ${ARGN}
        PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    set_target_properties(${target} ${target}-models
        PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE BATCH UNITY_BUILD_BATCH_SIZE 10)
    set_target_properties(${target}-models PROPERTIES UNITY_BUILD_BATCH_SIZE 30)
endfunction()
