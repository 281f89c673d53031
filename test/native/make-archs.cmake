# Writes MAKE_ARCHS_SOURCE: the pinned release's architecture test with more experts, so that there is something to
# choose from, with weights that keep a signal's size (norms and scales around 1, matrices at about 1/sqrt(width), biases
# small), and with the backends loaded at run time. Fails when the release's text is not what is expected.

function(replace_once variable from to)
    string(FIND "${${variable}}" "${from}" first)
    string(FIND "${${variable}}" "${from}" last REVERSE)
    if (first EQUAL -1 OR NOT first EQUAL last)
        message(FATAL_ERROR "test-llama-archs.cpp of ${LLAMA_STOCK_SOURCE} does not hold exactly one: ${from}")
    endif()
    string(REPLACE "${from}" "${to}" ${variable} "${${variable}}")
    set(${variable} "${${variable}}" PARENT_SCOPE)
endfunction()

set(pristine "${LLAMA_STOCK_SOURCE}/tests/test-llama-archs.cpp")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${pristine}")
file(READ "${pristine}" text)

replace_once(text
    "ms.add_kv(LLM_KV_EXPERT_COUNT,               uint32_t(2));"
    "ms.add_kv(LLM_KV_EXPERT_COUNT,               uint32_t(8));")
replace_once(text
    "ms.add_kv(LLM_KV_EXPERT_USED_COUNT,          uint32_t(1));"
    "ms.add_kv(LLM_KV_EXPERT_USED_COUNT,          uint32_t(2));")
# weights of 0.01 leave the experts without a trace in the logits: whatever is kept, they come out the same. The biases
# of norms around 1 (phimoe) would be larger than what they are added to: every token would go to the same experts
replace_once(text
    "std::normal_distribution<float> dis(0.0f, 1.0e-2f);"
    "std::normal_distribution<float> dis((strstr(tensor->name, \"norm\") || strstr(tensor->name, \"scale\")) && !strstr(tensor->name, \".bias\") ? 1.0f : 0.0f, 6.0e-2f);")
replace_once(text
    "    common_init();\n"
    "    common_init();\n    ggml_backend_load_all();\n")

file(CONFIGURE OUTPUT "${MAKE_ARCHS_SOURCE}" CONTENT "${text}" @ONLY)
