"""What is run now and then, or watched: retention, health, the doctor."""
