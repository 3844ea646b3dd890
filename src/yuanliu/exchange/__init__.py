"""Exchange: read other people's files and say, purely, which actions their rows ask for."""
