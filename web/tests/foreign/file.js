worked("file");
