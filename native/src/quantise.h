// llama.cpp's quantiser for JavaScript: what a file would become, and making it.
#pragma once

#include <napi.h>

// quantise(options): Promise<{ tensors: {...}[], headerBytes: number[] }>
Napi::Value quantise(const Napi::CallbackInfo & info);
