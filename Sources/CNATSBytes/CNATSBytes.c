#include "CNATSBytes.h"
