// Several experts become one: their weights, in single precision, unit by unit, averaged and written in their own types.
#pragma once

#include <napi.h>

// mergeExperts({ matrices: { path, offset, type, nIn, nOut, scales, units }[], experts, weights, nUnits, cancel?, onProgress? })
//   : Promise<Uint8Array[]>
// Matrices of one layer that lie expert by expert. The first of `experts` is what the others join; `weights`: each one's share in
// the average. units: where the nUnits hidden units lie, "rows" (one set after the other where there are several), "columns", or
// "none". Each expert's units are put into the order that is likest to the first's before. The bytes of the merged expert, by matrix.
// Progress in experts.
Napi::Value merge_experts(const Napi::CallbackInfo & info);
