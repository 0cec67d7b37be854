#pragma once

#include "core/accounting/books.h"
#include "core/accounting/process_sampler.h"
#include "core/accounting/reaper.h"

namespace proctally::accounting {

/// Puts what a reaper received, less what its dead had on the books, onto the accounts of those who
/// claim it: to each what it used for certain, and its share of the rest, which are the last
/// moments of all of them and giving back their memory. Where nobody claims it, it is the reaper's
/// own. All of it goes somewhere, and nothing twice.
void share_out(Reaper& reaper, ProcessSampler& sampler, Books& books);

}  // namespace proctally::accounting
