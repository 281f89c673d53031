// Types of tensors by the names that llama.cpp prints.
#pragma once

#include "ggml.h"

#include <string>

// Small and large letters are alike. Throws std::runtime_error for a name that ggml does not know.
ggml_type tensor_type_by_name(const std::string & name);
