// A thread that ends this process once its parent is gone, whatever the others do.
#pragma once

#include <napi.h>

// watchParent(parent: number): void
// `parent`: the process that started this one. Throws where no thread can be started.
Napi::Value watch_parent(const Napi::CallbackInfo & info);
