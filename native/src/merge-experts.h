// Several experts become one: their weights, in single precision, are averaged unit by unit and written in their own types.
#pragma once

#include <napi.h>

// mergeExperts({ matrices: { path, offset, type, nIn, nOut, scales, units }[], experts, weights, nUnits, cancel?, onProgress? })
//   : Promise<Uint8Array[]>
// Matrices of one layer, stored expert by expert. The others of `experts` join the first; `weights`: the share of each
// in the average. units: where the nUnits hidden units are, "rows" (one set after the other if there are several),
// "columns", or "none". The units of each expert are first put into the order that best matches the first expert's.
// Returns the bytes of the merged expert, by matrix. Progress in experts.
Napi::Value merge_experts(const Napi::CallbackInfo & info);
