// What deserves a look in rows that are good by themselves.
#pragma once

#include "cli/import/load.h"

namespace plenary {

// Adds to `import.warnings`: dates that say more or less than their precision; codes that no
// imported vocabulary has; references that point to no record of the import; meetings that share
// series, body and ordinal, or title and dates. Nothing is changed or merged.
void AddWarnings(Import& import);

}  // namespace plenary
