// GGUF headers, read and built with llama.cpp's own gguf_* API. Tensor data are never touched here.
#pragma once

#include <napi.h>

// readGguf(path: string): GgufHeader
Napi::Value gguf_read_header(const Napi::CallbackInfo & info);

// buildGgufMeta({ source: string | null, remove: string[], set: {key, type, value}[], tensors: {name, type, ne}[] }): Uint8Array
// The header of a new file: the source's keys with the edits, and the tensors' infos with their offsets, padded to
// where the data begin. Tensor data follow in the same order, each padded to the alignment.
Napi::Value gguf_build_meta(const Napi::CallbackInfo & info);
