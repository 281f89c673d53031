// Experts with fewer neurons: which ones each has left, and its down matrix with the columns of these alone.
#pragma once

#include <napi.h>

// narrowExperts({ down: { path, offset, type, nIn, nOut, scales }, experts, sums, counts, width, toType, output, nThreads, cancel?, onProgress? })
//   : Promise<{ neurons }>
// Of a block's down matrices those of `experts`, one after the other. sums [n_kept][nIn]: of squares of what each column is multiplied with;
// counts [n_kept]: how many squares were summed up. Neurons rank by these sums times the squared norms of their columns; where that is alike,
// as where nothing was summed up, the first ones stay. Writes the columns of those that stay, in their order, in `toType`, to the file `output`;
// quantised by the means of the squares. neurons: Int32Array [n_kept][width], ascending. Progress in experts.
Napi::Value narrow_experts(const Napi::CallbackInfo & info);
