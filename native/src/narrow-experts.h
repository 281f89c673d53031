// Experts with fewer neurons: which neurons each keeps, and its down matrix with only their columns.
#pragma once

#include <napi.h>

// narrowExperts({ down: { path, offset, type, nIn, nOut }, experts, sums, counts, width, toType, output, nThreads, cancel?, onProgress? })
//   : Promise<{ neurons }>
// Processes the down matrices of `experts` in a block, one after the other. sums [n_kept][nIn]: sums of squares of the
// values that each column is multiplied with; counts [n_kept]: number of squares in the sums. Neurons rank by these
// sums times the squared norms of their columns; in a tie, such as where nothing was summed up, the first ones stay.
// Writes the columns that stay, in order and in `toType`, to the file `output`, quantised by the means of the squares.
// neurons: Int32Array [n_kept][width], ascending. Progress in experts.
Napi::Value narrow_experts(const Napi::CallbackInfo & info);
