// The gimbal binary.
#include "cli/command.h"

int main(int argc, char** argv) { return gimbal::run_command_line(argc, argv); }
