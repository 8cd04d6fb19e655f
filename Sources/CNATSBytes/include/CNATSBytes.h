#ifndef CNATSBYTES_H
#define CNATSBYTES_H
#endif
