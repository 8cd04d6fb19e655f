// Functions that Swift cannot import: see the header.
#include "CReactor.h"
