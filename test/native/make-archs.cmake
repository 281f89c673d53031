# Writes MAKE_ARCHS_SOURCE: the pinned release's architecture test with more experts, so that there is something to
# choose from, with weights that keep a signal's size (norms and scales around 1, matrices at about 1/sqrt(width), biases
# small), and with the backends loaded at run time. Fails when the release's text is not what is expected.

# from: a regular expression, in the words of every release that this is built for
function(replace_once variable from to)
    string(REGEX MATCHALL "${from}" found "${${variable}}")
    list(LENGTH found n_found)
    if (NOT n_found EQUAL 1)
        message(FATAL_ERROR "test-llama-archs.cpp of ${LLAMA_STOCK_SOURCE} holds ${n_found} and not one: ${from}")
    endif()
    string(REGEX REPLACE "${from}" "${to}" ${variable} "${${variable}}")
    set(${variable} "${${variable}}" PARENT_SCOPE)
endfunction()

set(pristine "${LLAMA_STOCK_SOURCE}/tests/test-llama-archs.cpp")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${pristine}")
file(READ "${pristine}" text)

replace_once(text
    "(LLM_KV_EXPERT_COUNT, *)uint32_t\\(2\\)"
    "\\1uint32_t(8)")
replace_once(text
    "(LLM_KV_EXPERT_USED_COUNT, *)uint32_t\\([12]\\)"
    "\\1uint32_t(2)")
# weights of 0.01 leave the experts without a trace in the logits: whatever is kept, they come out the same. The biases
# of norms around 1 (phimoe) would be larger than what they are added to: every token would go to the same experts
replace_once(text
    "dis\\(0\\.0f, (1\\.0e-2f|params\\.stdev)\\)"
    "dis((strstr(tensor->name, \"norm\") || strstr(tensor->name, \"scale\")) && !strstr(tensor->name, \".bias\") ? 1.0f : 0.0f, 6.0e-2f)")
replace_once(text
    "    common_init\\(\\)"
    "    common_init();\n    ggml_backend_load_all()")

file(CONFIGURE OUTPUT "${MAKE_ARCHS_SOURCE}" CONTENT "${text}" @ONLY)
