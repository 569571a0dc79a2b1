Console.WriteLine("The generated files are current.");
